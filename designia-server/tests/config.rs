//! The configuration: which layer wins, what stops the start, and whether the documents tell the truth.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::collections::BTreeMap;
use std::time::Duration;

use designia_server::cli::{CliError, Command, documented, parse};
use designia_server::config::{Config, Database, EnvFile, Environment, Stripe};

const EXAMPLE: &str = include_str!("../../.env.example");

fn load(args: &[&str], environment: &[(&str, &str)], file: &str) -> Result<(Command, Config), String> {
    let args = std::iter::once("designia-server").chain(args.iter().copied()).map(Into::into).collect();
    let environment = environment.iter().copied().collect::<Environment>();
    parse(args, &environment, &EnvFile::parse(file).unwrap()).map_err(|error| match error {
        CliError::Clap(error) => error.to_string(),
        CliError::Line(line) => line,
    })
}

fn config(args: &[&str], environment: &[(&str, &str)], file: &str) -> Config {
    load(args, environment, file).unwrap().1
}

#[test]
fn nothing_set_means_a_demo_on_loopback_with_the_sandbox() {
    let (command, config) = load(&[], &[], "").unwrap();
    assert_eq!(command, Command::Serve);
    assert_eq!(config.bind.to_string(), "127.0.0.1:8001");
    assert_eq!(config.public_url, None);
    assert_eq!(config.database, Database::Sqlite("designia-data/designia.db".into()));
    assert!(matches!(config.stripe, Stripe::Sandbox { .. }));
    assert_eq!(config.payment.grace, Duration::from_secs(3 * 86_400));
    assert!(config.demo && config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let (flag, environment, file) =
        (&["--bind", "127.0.0.1:1"][..], &[("BIND", "127.0.0.1:2")][..], "BIND=127.0.0.1:3");
    assert_eq!(config(flag, environment, file).bind.port(), 1);
    assert_eq!(config(&[], environment, file).bind.port(), 2);
    assert_eq!(config(&[], &[], file).bind.port(), 3);
    assert_eq!(config(&[], &[], "").bind.port(), 8001);
}

#[test]
fn a_flag_counts_before_and_after_the_subcommand() {
    for args in [["--bind", "127.0.0.1:1", "serve"], ["serve", "--bind", "127.0.0.1:1"]] {
        assert_eq!(config(&args, &[("BIND", "127.0.0.1:2")], "").bind.port(), 1);
    }
}

#[test]
fn an_empty_value_is_no_value() {
    let config = config(&[], &[("STRIPE_SECRET_KEY", ""), ("BIND", "")], "JWT_SECRET=\nBIND=127.0.0.1:3");
    assert!(matches!(config.stripe, Stripe::Sandbox { .. }));
    assert!(config.jwt_secret.is_none());
    assert_eq!(config.bind.port(), 3);
}

#[test]
fn a_wrong_value_stops_the_start_with_one_line_that_names_variable_and_rule() {
    for (name, value, told) in [
        ("BIND", "localhost", "an address and port like"),
        (
            "DATABASE_URL",
            "mysql://u:hunter2@h/d",
            "the scheme `mysql` is not in this build, which has postgres, sqlite and memory",
        ),
        ("DATABASE_URL", "postgres://u:hunter2@h/d?pooler=session", "`pooler` is neither `none` nor `transaction`"),
        ("DATABASE_URL", "postgres://u:hunter2#@h/d", "must be percent-encoded"),
        ("DATABASE_URL", "postgresql:u:hunter2@h/d", "doesn't begin with postgres://"),
        ("DESIGNIA_DB_CONNECTIONS", "0", "is not between 1 and 200"),
        ("DESIGNIA_DB_CONNECTIONS", "many", "is not a whole number"),
        ("DESIGNIA_ROLES", "serve,cook", "`cook` is none of serve, worker, scheduler"),
        ("DESIGNIA_ROLES", ",", "names no role"),
        ("DESIGNIA_ROLES", "worker,scheduler", "only if both reach the same Stripe"),
        ("DATABASE_URL", "designia.db", "not a URL like"),
        ("REDIS_URL", "http://hunter2", "doesn't begin with redis://"),
        ("DESIGNIA_TASK_QUEUES", "a b", "`a b` is not a queue"),
        ("DESIGNIA_TASK_QUEUES", ",", "names no queue"),
        ("DESIGNIA_TASK_CONCURRENCY", "0", "is not between 1 and 1000"),
        ("DESIGNIA_TASKS_KEPT", "1s", "is not between"),
        ("STRIPE_SECRET_KEY", "hunter2", "does not start with sk_ or rk_"),
        ("STRIPE_API_BASE", "ftp://x", "is not a URL"),
        ("JWT_SECRET", "hunter2", "shorter than 32 bytes"),
        ("DESIGNIA_PUBLIC_URL", "shop.example", "is not a URL"),
        ("DESIGNIA_SHOP_URL", "//shop.example", "is not a URL"),
        ("DESIGNIA_MEDIA", "ftp://shop.example", "must begin with s3://"),
        ("DESIGNIA_LOG", "designia=loud", "is not a filter"),
        ("DESIGNIA_LOG_FORMAT", "xml", "none of text, json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317", "is not a URL"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "not a list like"),
        ("DESIGNIA_REQUEST_TIMEOUT", "30", "is not a duration like"),
        ("DESIGNIA_REQUEST_TIMEOUT", "0s", "is not between 100ms and 3600s"),
        ("DESIGNIA_BODY_LIMIT", "1MB", "a whole number of bytes"),
        ("DESIGNIA_BODY_LIMIT", "1", "is not between 1024 bytes"),
        ("DESIGNIA_CORS_ORIGINS", "https://a.example/path", "has a path"),
        ("DESIGNIA_HEADER_TIMEOUT", "0s", "is not between 100ms and 3600s"),
        ("DESIGNIA_UPLOAD_LIMIT", "1", "is not between 1024 bytes"),
        ("DESIGNIA_TRUSTED_PROXIES", "proxy.example", "is not a network like"),
        ("DESIGNIA_FORWARDED_HEADER", "x-real-ip", "none of x-forwarded-for, forwarded"),
        ("DESIGNIA_RATE_LIMITS", "auth=10", "is not like read=1200/1m"),
        ("DESIGNIA_RATE_LIMITS", "login=10/1m", "none of anonymous, read"),
        ("DESIGNIA_METRICS", "me", "none of admin, everyone"),
        ("DESIGNIA_SHUTDOWN_GRACE", "-1s", "is not a duration"),
        ("DESIGNIA_PAYMENT_GRACE", "99999999999999999999d", "is not a duration"),
        ("DESIGNIA_SWEEP_INTERVAL", "1ms", "is not between"),
        ("DESIGNIA_LATE_PAYMENT", "keep", "none of refund, reinstate, hold"),
        ("DESIGNIA_CHECKOUT_UI", "popup", "none of hosted, embedded"),
        ("DESIGNIA_RATES_SOURCES", "ecb,gut", "`gut` is none of"),
        ("DESIGNIA_RATES_SOURCES", " , ", "names no source"),
        ("DESIGNIA_RATES_FRESHNESS_HOURS", "0", "at least 1"),
        ("SMTP_URL", "http://hunter2", "not a URL like smtps://"),
        ("MAIL_FROM", "My Shop", "is not a sender like"),
        ("DESIGNIA_DEMO", "maybe", "none of on, off"),
    ] {
        let error = load(&[], &[(name, value)], "").unwrap_err();
        assert!(error.starts_with(&format!("{name}: ")) && error.contains(told), "{error}");
        assert!(!error.contains('\n') && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn real_stripe_needs_its_webhook_secret_and_an_encrypted_way() {
    let key = ("STRIPE_SECRET_KEY", "sk_test_hunter2");
    let secret = ("STRIPE_WEBHOOK_SECRET", "whsec_hunter2");
    let refused = load(&[], &[key], "").unwrap_err();
    assert!(refused.starts_with("STRIPE_WEBHOOK_SECRET: needed with STRIPE_SECRET_KEY"), "{refused}");
    let plain = load(&[], &[key, secret, ("STRIPE_API_BASE", "http://stripe.example")], "").unwrap_err();
    assert!(plain.starts_with("STRIPE_API_BASE: would send the secret key unencrypted"), "{plain}");
    let local = config(&[], &[key, secret, ("STRIPE_API_BASE", "http://[::1]:4242/")], "");
    assert!(matches!(&local.stripe, Stripe::Remote { api_base, .. } if api_base == "http://[::1]:4242"));
    assert!(!format!("{local:?}").contains("hunter2"), "a secret printed itself");
}

#[test]
fn the_headers_for_a_collector_are_a_secret_that_leaves_this_machine_only_encrypted() {
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2");
    let endpoint = |url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    let refused = load(&[], &[headers, endpoint("http://collector.example:4318")], "").unwrap_err();
    assert!(refused.starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: would send"), "{refused}");
    assert!(config(&[], &[endpoint("http://collector.example:4318")], "").traces.is_some());
    for url in ["https://collector.example", "http://127.0.0.1:4318/"] {
        let told = format!("{:?}", config(&[], &[headers, endpoint(url)], ""));
        assert!(told.contains(url.trim_end_matches('/')) && !told.contains("hunter2"), "a secret printed itself");
    }
    assert!(config(&[], &[headers], "").traces.is_none(), "without a collector nothing is sent");
}

#[test]
fn a_file_that_vouches_for_the_mail_server_is_read_at_the_start() {
    let path = std::env::temp_dir().join(format!("designia-config-ca-{}.pem", std::process::id()));
    let mail = [("SMTP_URL", "smtps://shop:hunter2@mail.example"), ("MAIL_FROM", "My Shop <mail@shop.example>")];
    let with = |file| load(&[], &[&mail[..], &[("SMTP_CA_FILE", file)]].concat(), "");
    for content in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, content).unwrap();
        let error = with(path.to_str().unwrap()).unwrap_err();
        assert!(error.starts_with("SMTP_CA_FILE: ") && !error.contains("hunter2"), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    let error = with(path.to_str().unwrap()).unwrap_err();
    assert!(error.starts_with("SMTP_CA_FILE: ") && error.contains("No such file"), "{error}");
}

const STRIPE: [(&str, &str); 2] = [("STRIPE_SECRET_KEY", "sk_test_x"), ("STRIPE_WEBHOOK_SECRET", "whsec_x")];

#[test]
fn a_postgres_server_is_taken_with_its_connections_and_without_its_password() {
    let environment = [("DATABASE_URL", "postgres://shop:hunter2@db.example/shop"), ("DESIGNIA_DB_CONNECTIONS", "25")];
    let config = config(&[], &environment, "");
    let Database::Postgres(postgres) = &config.database else { panic!("{:?}", config.database) };
    assert_eq!((postgres.connections, postgres.url.expose()), (25, "postgres://shop:hunter2@db.example/shop"));
    assert!(!format!("{config:?}").contains("hunter2"), "a secret printed itself");
}

#[test]
fn what_a_second_node_on_a_postgres_server_would_miss_is_a_warning() {
    let warnings = |more: &[(&str, &str)]| {
        let environment = [&[("DATABASE_URL", "postgres://shop@db.example/shop")][..], more].concat();
        config(&[], &environment, "").warnings.join("\n")
    };
    let told = warnings(&[]);
    assert!(told.contains("a Stripe sandbox of its own") && told.contains("refuses the others' tokens"), "{told}");
    let secret = ("JWT_SECRET", "a secret of at least thirty-two bytes");
    assert!(told.contains("pictures of its own"), "{told}");
    let media = ("DESIGNIA_MEDIA", "s3://shop-media?region=eu-north-1");
    assert_eq!(warnings(&[&STRIPE[..], &[secret, media]].concat()), "");
}

#[test]
fn a_share_of_the_work_is_taken_where_other_nodes_can_do_the_rest() {
    let postgres = ("DATABASE_URL", "postgres://shop@db.example/shop");
    let with = |roles, more: &[(&str, &str)]| load(&[], &[&[("DESIGNIA_ROLES", roles)][..], more].concat(), "");
    for roles in ["serve", "worker", "serve,scheduler"] {
        assert!(with(roles, &[&STRIPE[..], &[postgres]].concat()).is_ok(), "{roles}");
        assert!(with(roles, &STRIPE).is_ok(), "{roles} with a file that nodes on one machine share");
        assert!(with(roles, &[postgres]).is_err(), "{roles} with a Stripe of its own");
    }
    assert!(with("scheduler", &[postgres]).is_ok(), "rates need no Stripe");
    let in_memory = with("serve,worker", &[("DATABASE_URL", "memory:")]).unwrap_err();
    assert!(in_memory.starts_with("DESIGNIA_ROLES: a database in memory belongs to one node"), "{in_memory}");
}

#[test]
fn what_is_allowed_but_doubtful_is_a_warning() {
    let environment = [
        ("BIND", "0.0.0.0:80"),
        ("REDIS_URL", "redis://localhost"),
        ("DATABASE_URL", "memory:"),
        ("DESIGNIA_SWEEP_INTERVALL", "1s"),
    ];
    let warnings = config(&[], &environment, "DESIGNIA_TYPO=1").warnings.join("\n");
    for told in [
        "demo accounts are open",
        "tasks in Redis outlive the orders",
        "DESIGNIA_SWEEP_INTERVALL is not a setting",
        "DESIGNIA_TYPO is not",
    ] {
        assert!(warnings.contains(told), "{warnings}");
    }
    let live = [("STRIPE_SECRET_KEY", "sk_live_x"), ("STRIPE_WEBHOOK_SECRET", "whsec_x")];
    assert!(config(&[], &live, "").warnings.join("\n").contains("moves real money"));
    assert!(config(&["--demo", "off"], &live, "").warnings.is_empty());
    assert!(config(&["--demo", "off"], &[("BIND", "0.0.0.0:80")], "").warnings.is_empty());
}

#[test]
fn help_prints_no_value_of_this_machine() {
    let environment = [("JWT_SECRET", "hunter2hunter2hunter2hunter2hunter2"), ("BIND", "127.0.0.1:65000")];
    let help = load(&["--help"], &environment, "STRIPE_SECRET_KEY=sk_hunter2").unwrap_err();
    assert!(help.contains("JWT_SECRET") && help.contains("127.0.0.1:8001"), "{help}");
    assert!(!help.contains("hunter2") && !help.contains("65000"), "{help}");
}

/// Name and default of each setting as `--help` has them.
fn in_help() -> BTreeMap<String, String> {
    let command = documented();
    let of_setting = |setting: &clap::Arg| {
        let name = setting.get_env()?.to_str()?.to_owned();
        assert!(setting.get_help().is_some(), "{name} has no help");
        Some((
            name,
            setting.get_default_values().first().and_then(|value| value.to_str()).unwrap_or_default().to_owned(),
        ))
    };
    command.get_arguments().filter_map(of_setting).collect()
}

/// Name and default of each setting as `.env.example` has them: a comment above, the assignment commented out.
fn in_example() -> BTreeMap<String, String> {
    let assignments = EXAMPLE.lines().filter_map(|line| line.strip_prefix('#')).filter_map(|line| line.split_once('='));
    let assignments = assignments.filter(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    assignments.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn help_and_example_file_list_the_same_settings_with_the_same_defaults() {
    assert_eq!(in_help(), in_example());
}

#[test]
fn the_example_file_copied_as_it_is_or_with_everything_uncommented_changes_nothing() {
    let uncommented: String = in_example().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let default = format!("{:?}", config(&[], &[], ""));
    for file in [EXAMPLE, &uncommented] {
        assert_eq!(format!("{:?}", config(&[], &[], file)), default);
    }
}
