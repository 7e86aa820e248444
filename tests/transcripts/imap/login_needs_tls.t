# RFC 3501 section 6.2.3: LOGINDISABLED without TLS, and STARTTLS
listener tls=starttls
account ann@example.org
S: * OK [CAPABILITY * STARTTLS LOGINDISABLED*] *
C: a LOGIN ann@example.org secret
S: a NO [PRIVACYREQUIRED] *
C: b AUTHENTICATE PLAIN
S: b NO [PRIVACYREQUIRED] *
C: c STARTTLS
S: c OK Begin TLS now.
starttls
none
C: d STARTTLS
S: d BAD *
C: e CAPABILITY
S: * CAPABILITY * AUTH=PLAIN *
S: e OK *
C: f LOGIN ann@example.org secret
S: f OK *
C: g STARTTLS
S: g BAD *
