# Who does not log in within login_timeout has to leave
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
protocol submission
listener tls=implicit
config   limits { login_timeout = 1m }
S: 220 mx.example.org ESMTP *
clock +59s
C: NOOP
S: 250 2.0.0 *
clock +1s
S: 421 4.4.2 *
closed
