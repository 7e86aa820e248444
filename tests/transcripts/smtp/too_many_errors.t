# Too many faulty commands end the connection
config   server { hostname = "mx.example.org" default_domain = "example.org" }
account  ann@example.org
config   smtp { errors_max = 3 }
S: 220 mx.example.org ESMTP *
C: FROB
S: 500 5.5.2 *
C: FROB
S: 500 5.5.2 *
C: FROB
S: 500 5.5.2 *
S: 421 4.7.0 mx.example.org *
closed
