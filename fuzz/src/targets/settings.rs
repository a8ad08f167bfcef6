//! What users write: servers, lists of them, libmemcached's configuration strings.

use std::str;

use mc_behaviors::{Address, ConfigString, ServerSpec, Transport, parse_server_list};

/// A server.
pub fn server_spec(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match text.parse::<ServerSpec>() {
        Ok(spec) => prints(&spec),
        Err(error) => assert!(is_one_line(&error.to_string()), "{error}"),
    }
}

/// A list of servers in one string.
pub fn server_list(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match parse_server_list(text) {
        Ok(servers) => {
            assert!(servers.len() <= text.len() + 1, "more servers than commas");
            servers.iter().for_each(prints);
        }
        Err(error) => assert!(is_one_line(&error.to_string()), "{error}"),
    }
}

/// A configuration string, and the calls that it stands for.
pub fn config_string(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    match text.parse::<ConfigString>() {
        Ok(config) => {
            assert_eq!(config.to_string().parse().as_ref(), Ok(&config));
            if let Ok(replay) = config.replay() {
                assert!(replay.servers().len() <= config.options().len());
            }
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.at()), "{error}");
            assert!(is_one_line(&error.to_string()), "{error}");
        }
    }
}

/// It prints as a text that means the same, but for a weight that only a list may have.
fn prints(spec: &ServerSpec) {
    assert_eq!(
        spec.name.to_string().parse::<Address>().as_ref(),
        Ok(&spec.name)
    );
    let same = match spec.name.transport {
        Transport::Unix => spec.clone().with_weight(1),
        Transport::Tcp | Transport::Udp => spec.clone(),
    };
    if same.weight <= u32::from(u16::MAX) {
        assert_eq!(same.to_string().parse(), Ok(same));
    }
}

fn is_one_line(text: &str) -> bool {
    !text.contains(['\n', '\r'])
}
