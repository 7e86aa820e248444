# Names and domains that are not ours get nothing, and who has an account makes no difference
with services
account ann@example.org
C: GET / HTTP/1.1
C: Host: evil.example
C: 
S: HTTP/1.1 421 Misdirected Request
with plain
S: 
S: This server does not answer for that name.
C: GET / HTTP/1.1
C: Host: autoconfig.evil.example
C: 
S: HTTP/1.1 421 Misdirected Request
with plain
S: 
S: This server does not answer for that name.
C: GET / HTTP/1.1
C: Host: [::1]
C: 
S: HTTP/1.1 421 Misdirected Request
with plain
S: 
S: This server does not answer for that name.
C: GET /mail/config-v1.1.xml?emailaddress=ann@evil.example HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: 
S: The domain of that address is not served here.
C: GET /mail/config-v1.1.xml?emailaddress=ann HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: That is no e-mail address.
C: GET /mail/config-v1.1.xml?emailaddress=%3Cx%3E@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: That is no e-mail address.
C: GET /email.mobileconfig HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: The parameter "emailaddress" is missing.
C: GET /mail/config-v1.1.xml?emailaddress=nobody@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
with settings
C: GET /mail/config-v1.1.xml?emailaddress=ann@example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
with settings
open
