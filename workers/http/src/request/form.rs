//! Form bodies: URL-encoded, and multipart with files.

use super::query::Query;
use crate::limits::{FORM_FIELDS_MAX, FORM_FILES_MAX};
use bytes::Bytes;
use futures_util::stream;
use multer::Multipart;
use std::borrow::Cow;
use std::convert::Infallible;

/// A form that was sent.
pub(crate) struct Form {
    /// The fields that are no files.
    pub(crate) fields: Query<'static>,
    pub(crate) files: Vec<File>,
}

/// A file of a multipart form.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) filename: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

/// Reads an URL-encoded form.
///
/// # Errors
/// What is wrong with it, for people.
pub(crate) fn url_encoded(body: &Bytes) -> Result<Form, String> {
    let text = String::from_utf8_lossy(body);
    let fields = Query::parse(text.trim_ascii_end());
    let fields = fields.map_err(|_| format!("more than {FORM_FIELDS_MAX} fields"))?;
    Ok(Form {
        fields: fields.into_owned(),
        files: Vec::new(),
    })
}

/// Reads a multipart form; `content_type` has its boundary.
///
/// # Errors
/// What is wrong with it, for people.
pub(crate) async fn multipart(content_type: &str, body: &Bytes) -> Result<Form, String> {
    let told = |error: multer::Error| error.to_string();
    let boundary = multer::parse_boundary(content_type).map_err(told)?;
    let whole = stream::iter([Ok::<_, Infallible>(body.clone())]);
    let mut parts = Multipart::new(whole, boundary);
    let (mut pairs, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(told)? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(ToOwned::to_owned);
        let content_type = part.content_type().map(ToString::to_string);
        let bytes = part.bytes().await.map_err(told)?;
        if let Some(filename) = filename {
            if files.len() >= FORM_FILES_MAX {
                return Err(format!("more than {FORM_FILES_MAX} files"));
            }
            files.push(File {
                name,
                filename,
                content_type,
                bytes,
            });
        } else {
            if pairs.len() >= FORM_FIELDS_MAX {
                return Err(format!("more than {FORM_FIELDS_MAX} fields"));
            }
            let value = String::from_utf8_lossy(&bytes).into_owned();
            pairs.push((Cow::Owned(name), Cow::Owned(value)));
        }
    }
    let fields = Query::of(pairs);
    Ok(Form { fields, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(form: &Form) -> Vec<String> {
        let pairs = form.fields.pairs.iter();
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn url_encoded_forms_are_decoded() {
        let form = url_encoded(&Bytes::from_static(b"a=1+2&b=%C3%A4&a=&c\r\n")).unwrap();
        assert_eq!(shown(&form), ["a=1 2", "b=\u{e4}", "a=", "c="]);
        assert!(form.fields.repeats);
        let many = "a=1&".repeat(FORM_FIELDS_MAX + 1);
        assert!(url_encoded(&Bytes::from(many)).is_err());
    }

    #[tokio::test]
    async fn multipart_forms_have_fields_and_files() {
        let body = "--X\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\none\r\n\
                    --X\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n\
                    content-type: text/plain\r\n\r\nline\r\n--no\r\n\r\n--X--\r\n";
        let kind = "multipart/form-data; boundary=X";
        let form = multipart(kind, &Bytes::from_static(body.as_bytes()))
            .await
            .unwrap();
        assert_eq!(shown(&form), ["a=one"]);
        let [file] = form.files.as_slice() else {
            panic!("{} files", form.files.len());
        };
        assert_eq!((file.name.as_str(), file.filename.as_str()), ("f", "x.txt"));
        assert_eq!(file.content_type.as_deref(), Some("text/plain"));
        assert_eq!(&file.bytes[..], b"line\r\n--no\r\n");
    }

    #[tokio::test]
    async fn what_is_no_multipart_form_is_refused() {
        let body = Bytes::from_static(b"--X\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n");
        assert!(
            multipart("multipart/form-data; boundary=X", &body)
                .await
                .is_err()
        );
        assert!(multipart("multipart/form-data", &body).await.is_err());
        let part = "--X\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n\r\n";
        let many = format!("{}--X--\r\n", part.repeat(FORM_FILES_MAX + 1));
        let refused = multipart("multipart/form-data; boundary=X", &Bytes::from(many)).await;
        assert!(refused.err().unwrap().contains("files"));
    }
}
