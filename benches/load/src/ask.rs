//! One call whose answer is read as text.

use crate::{
    scan::{self, INVOCATION_ID},
    socket::Socket,
};
use anyhow::{Result, ensure};
use uuid::Uuid;

/// Calls a function and waits for its result: the whole message that brings it. `data` is JSON
/// text; `action` as well, with its comma, or empty.
pub(crate) async fn ask(
    socket: &mut Socket,
    function: &str,
    data: &str,
    action: &str,
) -> Result<String> {
    let id = Uuid::new_v4().to_string();
    socket.push(&format!(
        r#"{{"type":"invokefunction","invocation_id":"{id}",{}"#,
        format_args!(r#""function_id":"{function}","data":{data}{action}}}"#)
    ));
    socket.flush().await?;
    let mut answer = None;
    while answer.is_none() {
        socket
            .pump(|message, _| {
                if scan::field(message, INVOCATION_ID) == Some(id.as_bytes()) {
                    answer = Some(String::from_utf8_lossy(message).into_owned());
                }
            })
            .await?;
    }
    let answer = answer.unwrap_or_default();
    ensure!(
        !answer.contains("\"error\":{"),
        "`{function}` answered: {answer}"
    );
    Ok(answer)
}
