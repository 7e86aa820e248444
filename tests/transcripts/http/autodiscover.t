# Microsoft's Autodiscover: Outlook posts an address, in several spellings of the path
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
domain example.org
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 279
C: 
C> <?xml version="1.0"?><a:Autodiscover xmlns:a="x"><a:Request><a:EMailAddress> a&amp;b@example.org </a:EMailAddress><a:AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</a:AcceptableResponseSchema></a:Request></a:Autodiscover>
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: text/xml; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S~ <DisplayName>a&amp;b@example.org</DisplayName>
S~ <Action>settings</Action>
S: <Protocol>
S: <Type>IMAP</Type>
S: <Server>mail.example.org</Server>
S: <Port>993</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>SSL</Encryption>
S: <SSL>on</SSL>
S: <AuthRequired>on</AuthRequired>
S: </Protocol>
S: <Protocol>
S: <Type>POP3</Type>
S: <Server>mail.example.org</Server>
S: <Port>110</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>TLS</Encryption>
S: <SSL>off</SSL>
S: <AuthRequired>on</AuthRequired>
S: </Protocol>
S: <Protocol>
S: <Type>SMTP</Type>
S: <Server>mail.example.org</Server>
S: <Port>465</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>SSL</Encryption>
S: <SSL>on</SSL>
S: <AuthRequired>on</AuthRequired>
S: <UsePOPAuth>off</UsePOPAuth>
S: <SMTPLast>off</SMTPLast>
S: </Protocol>
S: </Account>
S: </Response>
S: </Autodiscover>
C: POST /Autodiscover/Autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 279
C: Expect: 100-continue
C: 
S: HTTP/1.1 100 Continue
S: 
C> <?xml version="1.0"?><a:Autodiscover xmlns:a="x"><a:Request><a:EMailAddress> a&amp;b@example.org </a:EMailAddress><a:AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</a:AcceptableResponseSchema></a:Request></a:Autodiscover>
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: text/xml; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S~ <DisplayName>a&amp;b@example.org</DisplayName>
S~ <Action>settings</Action>
S: <Protocol>
S: <Type>IMAP</Type>
S: <Server>mail.example.org</Server>
S: <Port>993</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>SSL</Encryption>
S: <SSL>on</SSL>
S: <AuthRequired>on</AuthRequired>
S: </Protocol>
S: <Protocol>
S: <Type>POP3</Type>
S: <Server>mail.example.org</Server>
S: <Port>110</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>TLS</Encryption>
S: <SSL>off</SSL>
S: <AuthRequired>on</AuthRequired>
S: </Protocol>
S: <Protocol>
S: <Type>SMTP</Type>
S: <Server>mail.example.org</Server>
S: <Port>465</Port>
S: <LoginName>a&amp;b@example.org</LoginName>
S: <DomainRequired>off</DomainRequired>
S: <SPA>off</SPA>
S: <Encryption>SSL</Encryption>
S: <SSL>on</SSL>
S: <AuthRequired>on</AuthRequired>
S: <UsePOPAuth>off</UsePOPAuth>
S: <SMTPLast>off</SMTPLast>
S: </Protocol>
S: </Account>
S: </Response>
S: </Autodiscover>
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 7
C: 
C> <x></x>
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is no EMailAddress in the request.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 48
C: 
C> <EMailAddress>a&evil;@example.org</EMailAddress>
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is no EMailAddress in the request.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 43
C: 
C> <EMailAddress>a@evil.example</EMailAddress>
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: The domain of that address is not served here.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 105
C: 
C> <EMailAddress>a@example.org</EMailAddress><AcceptableResponseSchema>mobilesync</AcceptableResponseSchema>
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: Only the response schema of Outlook is served here.
open
