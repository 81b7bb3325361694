//! Plays every scenario with every driver. The contract is `README.md`.
//!
//! Start reading at [`scenarios`], then at one of its files, then at [`bench::Bench`].

mod bench;
mod client;
mod clock;
mod driver;
mod expected;
mod fake;
mod outcome;
mod program;
mod request;
mod scenarios;

use bench::Bench;
use expected::Expected;
use libtest_mimic::{Arguments, Failed, Trial};
use program::Program;
use scenarios::Scenario;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let expected = match Expected::read() {
        Ok(expected) => expected,
        Err(error) => {
            let broken = move || Err(Failed::from(format!("{error:#}")));
            let trials = vec![Trial::test("expected_failures", broken)];
            return libtest_mimic::run(&arguments, trials).exit_code();
        }
    };
    let mut trials = vec![list_is_valid(&expected)];
    for program in Program::ALL {
        for scenario in scenarios::all() {
            trials.push(trial(program, scenario, &expected));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One driver, one scenario.
fn trial(program: Program, scenario: Scenario, expected: &Expected) -> Trial {
    let name = format!("{}::{}", program.name(), scenario.name);
    let reason = expected.reason(program.name(), scenario.name);
    Trial::test(name.clone(), move || {
        let command = match program.command() {
            Ok(command) => command,
            Err(reason) => {
                iii_testkit::skip_named(&format!("conformance::{name}"), &reason);
                return Ok(());
            }
        };
        let outcome = (scenario.play)(&mut Bench::new(command));
        match (outcome, reason) {
            (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
            (Ok(()), Some(reason)) => Err(Failed::from(format!(
                "it holds now: remove it from `expected_failures.toml` ({reason})"
            ))),
            (Err(error), None) => Err(Failed::from(format!("{error:?}"))),
        }
    })
}

/// Every expected failure names a driver and a scenario that exist, and says why.
fn list_is_valid(expected: &Expected) -> Trial {
    let names: Vec<_> = scenarios::all().map(|scenario| scenario.name).collect();
    let unknown = expected.unknown(&names);
    Trial::test("expected_failures", move || match unknown.as_slice() {
        [] => Ok(()),
        unknown => Err(Failed::from(unknown.join("\n"))),
    })
}
