//! The command line: reads the arguments, starts the collector, stops it on a signal.

use std::io::Write;
use std::process::ExitCode;

use milepost_collector::{Collector, Command, Options, Secret, USAGE, parse, prune};

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => say(USAGE.trim_end()),
        Ok(Command::Version) => say(concat!("milepost-collector ", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Serve(options)) => match with_token(*options) {
            Ok(options) => serve(options),
            Err(error) => fail(&error, 2),
        },
        Ok(Command::Prune(options)) => match prune(&options) {
            Ok(pruned) => {
                say(&format!("removed {} events, {} rejected events and {} streams", pruned.events, pruned.rejected, pruned.streams))
            }
            Err(error) => fail(&error.to_string(), 1),
        },
        Err(error) => fail(&format!("{error}\nTry `milepost-collector --help`."), 2),
    }
}

/// The token may come from the environment instead of a file.
fn with_token(options: Options) -> Result<Options, String> {
    match std::env::var("MILEPOST_TOKEN") {
        Ok(text) if options.token.is_none() => {
            let token = Secret::new(&text).map_err(|why| format!("the token in MILEPOST_TOKEN {why}"))?;
            Ok(Options { token: Some(token), ..options })
        }
        _ => Ok(options),
    }
}

fn serve(options: Options) -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let code = runtime.block_on(async {
        // Before anyone is told the address: who knows it may also ask for the end.
        let stop = match asked_to_stop() {
            Ok(stop) => stop,
            Err(error) => return fail(&error.to_string(), 1),
        };
        let open = options.token.is_none();
        let collector = match Collector::bind(options).await {
            Ok(collector) => collector,
            Err(error) => return fail(&error.to_string(), 1),
        };
        if open && !collector.address().ip().is_loopback() {
            tracing::warn!("the report at / is open to everyone: set a token");
        }
        say(&format!("listening on http://{}", collector.address()));
        collector.serve(stop).await;
        ExitCode::SUCCESS
    });
    // A report that is still being computed must not hold up the end.
    runtime.shutdown_background();
    code
}

/// Listens for ctrl-c, and SIGTERM where there is one, from now on; the future resolves with the first.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for ctrl-c.
#[cfg(not(unix))]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Prints a line at once, also into a pipe; whoever closed the pipe doesn't want it.
fn say(line: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    ExitCode::SUCCESS
}

fn fail(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "milepost-collector: {message}");
    ExitCode::from(code)
}
