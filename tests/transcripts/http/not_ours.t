# Names and domains that are not ours get nothing, and who has an account makes no difference
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
account ann@example.org
C: GET / HTTP/1.1
C: Host: evil.example
C: 
S: HTTP/1.1 421 Misdirected Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: This server does not answer for that name.
C: GET / HTTP/1.1
C: Host: autoconfig.evil.example
C: 
S: HTTP/1.1 421 Misdirected Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: This server does not answer for that name.
C: GET / HTTP/1.1
C: Host: [::1]
C: 
S: HTTP/1.1 421 Misdirected Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: This server does not answer for that name.
C: GET /mail/config-v1.1.xml?emailaddress=ann@evil.example HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: The domain of that address is not served here.
C: GET /mail/config-v1.1.xml?emailaddress=ann HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: That is no e-mail address.
C: GET /mail/config-v1.1.xml?emailaddress=%3Cx%3E@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: That is no e-mail address.
C: GET /email.mobileconfig HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: The parameter "emailaddress" is missing.
C: GET /mail/config-v1.1.xml?emailaddress=nobody@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: text/xml; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: <?xml version="1.0" encoding="UTF-8"?>
S: <clientConfig version="1.1">
S: <emailProvider id="example.org">
S: <domain>example.org</domain>
S: <displayName>example.org</displayName>
S: <displayShortName>example.org</displayShortName>
S: <incomingServer type="imap">
S: <hostname>mail.example.org</hostname>
S: <port>993</port>
S: <socketType>SSL</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </incomingServer>
S: <incomingServer type="pop3">
S: <hostname>mail.example.org</hostname>
S: <port>110</port>
S: <socketType>STARTTLS</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </incomingServer>
S: <outgoingServer type="smtp">
S: <hostname>mail.example.org</hostname>
S: <port>465</port>
S: <socketType>SSL</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </outgoingServer>
S: <outgoingServer type="smtp">
S: <hostname>mail.example.org</hostname>
S: <port>587</port>
S: <socketType>STARTTLS</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </outgoingServer>
S: </emailProvider>
S: </clientConfig>
C: GET /mail/config-v1.1.xml?emailaddress=ann@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: text/xml; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: <?xml version="1.0" encoding="UTF-8"?>
S: <clientConfig version="1.1">
S: <emailProvider id="example.org">
S: <domain>example.org</domain>
S: <displayName>example.org</displayName>
S: <displayShortName>example.org</displayShortName>
S: <incomingServer type="imap">
S: <hostname>mail.example.org</hostname>
S: <port>993</port>
S: <socketType>SSL</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </incomingServer>
S: <incomingServer type="pop3">
S: <hostname>mail.example.org</hostname>
S: <port>110</port>
S: <socketType>STARTTLS</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </incomingServer>
S: <outgoingServer type="smtp">
S: <hostname>mail.example.org</hostname>
S: <port>465</port>
S: <socketType>SSL</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </outgoingServer>
S: <outgoingServer type="smtp">
S: <hostname>mail.example.org</hostname>
S: <port>587</port>
S: <socketType>STARTTLS</socketType>
S: <authentication>password-cleartext</authentication>
S: <username>%EMAILADDRESS%</username>
S: </outgoingServer>
S: </emailProvider>
S: </clientConfig>
open
