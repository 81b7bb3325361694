//! Samples of the rounds, and the one line each becomes.

use serde::Serialize;

/// What one round found about one thing.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    what: &'static str,
    unit: &'static str,
    engine: f64,
    against: Option<&'static str>,
    /// Absent where it could not be measured; the note says why.
    floor: Option<f64>,
    goal: Option<Goal>,
    note: Option<String>,
}

/// What the design asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Goal {
    /// Engine divided by floor.
    RatioAtLeast(f64),
    RatioAtMost(f64),
    /// The engine's own figure.
    AtLeast(f64),
    AtMost(f64),
}

/// The medians of all rounds.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) engine: f64,
    pub(super) floor: Option<f64>,
    /// What `floor` is.
    pub(super) against: Option<&'static str>,
    /// Median of the ratios of each round, engine divided by floor.
    pub(super) ratio: Option<f64>,
    pub(super) target: Option<String>,
    pub(super) met: Option<bool>,
    /// Engine figures of the rounds, in order.
    pub(super) rounds: Vec<f64>,
    /// What is to be known beside them, of the last round.
    pub(super) note: Option<String>,
}

impl Sample {
    pub(super) fn new(what: &'static str, unit: &'static str, engine: f64) -> Self {
        Self {
            what,
            unit,
            engine,
            against: None,
            floor: None,
            goal: None,
            note: None,
        }
    }

    pub(super) fn floor(self, against: &'static str, figure: f64) -> Self {
        Self {
            against: Some(against),
            floor: Some(figure),
            ..self
        }
    }

    /// The other side is not there.
    pub(super) fn missing(self, against: &'static str, reason: &str) -> Self {
        Self {
            against: Some(against),
            note: Some(format!("missing: {reason}")),
            ..self
        }
    }

    pub(super) fn note(self, note: String) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }

    pub(super) fn goal(self, goal: Goal) -> Self {
        Self {
            goal: Some(goal),
            ..self
        }
    }
}

/// Everything measured so far, in order of first appearance.
#[derive(Default)]
pub(super) struct Figures {
    samples: Vec<(&'static str, Vec<Sample>)>,
    failures: Vec<(&'static str, String)>,
}

impl Figures {
    /// Adds what a round of one case found.
    pub(super) fn add(&mut self, case: &'static str, samples: Vec<Sample>) {
        for sample in samples {
            let known = self.samples.iter_mut();
            let mut known = known.filter(|(name, list)| *name == case && same(list, &sample));
            match known.next() {
                Some((_, list)) => list.push(sample),
                None => self.samples.push((case, vec![sample])),
            }
        }
    }

    pub(super) fn fail(&mut self, case: &'static str, error: &anyhow::Error) {
        self.failures.push((case, format!("{error:#}")));
    }

    pub(super) fn failures(&self) -> &[(&'static str, String)] {
        &self.failures
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        let samples = self.samples.iter();
        samples
            .filter_map(|(name, samples)| line(name, samples))
            .collect()
    }
}

fn same(list: &[Sample], sample: &Sample) -> bool {
    let is_same = |first: &Sample| first.what == sample.what && first.against == sample.against;
    list.first().is_some_and(is_same)
}

fn line(name: &'static str, samples: &[Sample]) -> Option<Line> {
    let first = samples.first()?;
    let engine = median(samples.iter().map(|sample| sample.engine))?;
    let ratios = samples.iter().filter_map(|sample| {
        let floor = sample.floor?;
        (floor > 0.0).then(|| sample.engine / floor)
    });
    let ratio = median(ratios);
    Some(Line {
        name,
        what: first.what,
        unit: first.unit,
        engine,
        floor: median(samples.iter().filter_map(|sample| sample.floor)),
        against: first.against,
        ratio,
        target: first.goal.map(|goal| goal.text(first)),
        met: first.goal.and_then(|goal| goal.met(engine, ratio)),
        rounds: samples.iter().map(|sample| sample.engine).collect(),
        note: samples.last().and_then(|sample| sample.note.clone()),
    })
}

impl Goal {
    fn met(self, engine: f64, ratio: Option<f64>) -> Option<bool> {
        match self {
            Self::RatioAtLeast(least) => ratio.map(|ratio| ratio >= least),
            Self::RatioAtMost(most) => ratio.map(|ratio| ratio <= most),
            Self::AtLeast(least) => Some(engine >= least),
            Self::AtMost(most) => Some(engine <= most),
        }
    }

    fn text(self, sample: &Sample) -> String {
        let unit = sample.unit;
        let against = sample.against.unwrap_or("floor");
        match self {
            Self::RatioAtLeast(least) => format!(">= {least} x {against}"),
            Self::RatioAtMost(most) => format!("<= {most} x {against}"),
            Self::AtLeast(least) => format!(">= {least} {unit}"),
            Self::AtMost(most) => format!("<= {most} {unit}"),
        }
    }
}

fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[middle - 1], upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(engine: f64, floor: f64) -> Vec<Sample> {
        let sample = Sample::new("calls/s", "1/s", engine).floor("relay", floor);
        vec![sample.goal(Goal::RatioAtLeast(0.5))]
    }

    #[test]
    fn lines_are_medians_and_ratios_are_of_the_same_round() {
        let mut figures = Figures::default();
        for (engine, floor) in [(10.0, 100.0), (60.0, 100.0), (90.0, 150.0)] {
            figures.add("call", round(engine, floor));
        }
        let lines = figures.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].rounds, [10.0, 60.0, 90.0]);
        assert_eq!(Some(lines[0].engine), Some(60.0));
        assert_eq!(lines[0].floor, Some(100.0));
        assert_eq!(lines[0].ratio, Some(0.6));
        assert_eq!(lines[0].met, Some(true));
        assert_eq!(lines[0].target.as_deref(), Some(">= 0.5 x relay"));
    }

    #[test]
    fn one_figure_stands_beside_several_others() {
        let mut figures = Figures::default();
        for (other, third) in [(5.0, Some(20.0)), (5.0, None)] {
            let figure = || Sample::new("jobs/s", "1/s", 10.0);
            let third = match third {
                Some(third) => figure().floor("third", third),
                None => figure().missing("third", "it is not installed"),
            };
            figures.add("queue", vec![figure().floor("other", other), third]);
        }
        let lines = figures.lines();
        let ratios: Vec<_> = lines.iter().map(|line| line.ratio).collect();
        assert_eq!(ratios, [Some(2.0), Some(0.5)]);
        let note = lines[1].note.as_deref();
        assert_eq!(note, Some("missing: it is not installed"));
    }

    #[test]
    fn a_missed_target_is_told() {
        let mut figures = Figures::default();
        figures.add("call", round(49.0, 100.0));
        figures.add(
            "idle",
            vec![Sample::new("RSS", "MB", 21.0).goal(Goal::AtMost(20.0))],
        );
        let met: Vec<_> = figures.lines().iter().map(|line| line.met).collect();
        assert_eq!(met, [Some(false), Some(false)]);
    }
}
