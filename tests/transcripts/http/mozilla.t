# Mozilla's autoconfiguration: the services of the listeners, for any name in a domain of ours
with services
domain example.org
domain example.net alias_of=example.org
C: GET /mail/config-v1.1.xml?emailaddress=nobody%40example.org HTTP/1.1
C: Host: autoconfig.example.org
C: 
with settings
# the other place, without an address: the host says the domain
C: GET /.well-known/autoconfig/mail/config-v1.1.xml HTTP/1.1
C: Host: example.net
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
S: <emailProvider id="example.net">
S: <domain>example.net</domain>
S: <displayName>example.net</displayName>
S: <displayShortName>example.net</displayShortName>
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
# by the name of the server an address is needed
C: GET /mail/config-v1.1.xml HTTP/1.1
C: Host: MAIL.example.org.:80
C: 
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: The parameter "emailaddress" is missing.
C: GET /mail/config-v1.1.xml?emailaddress=ann@EXAMPLE.ORG HTTP/1.1
C: Host: mail.example.org
C: 
with settings
open
