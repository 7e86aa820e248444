# Whoever speaks first is no mail server
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
C0> EHLO spam.example\r\n
S: 554 5.5.0 *
closed
