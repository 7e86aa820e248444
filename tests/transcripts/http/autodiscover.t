# Microsoft's Autodiscover: Outlook posts an address, in several spellings of the path
with services
domain example.org
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 279
C: 
C> <?xml version="1.0"?><a:Autodiscover xmlns:a="x"><a:Request><a:EMailAddress> a&amp;b@example.org </a:EMailAddress><a:AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</a:AcceptableResponseSchema></a:Request></a:Autodiscover>
with outlook
C: POST /Autodiscover/Autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 279
C: Expect: 100-continue
C: 
S: HTTP/1.1 100 Continue
S: 
C> <?xml version="1.0"?><a:Autodiscover xmlns:a="x"><a:Request><a:EMailAddress> a&amp;b@example.org </a:EMailAddress><a:AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</a:AcceptableResponseSchema></a:Request></a:Autodiscover>
with outlook
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 7
C: 
C> <x></x>
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: There is no EMailAddress in the request.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 48
C: 
C> <EMailAddress>a&evil;@example.org</EMailAddress>
S: HTTP/1.1 400 Bad Request
with plain
S: 
S: There is no EMailAddress in the request.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 43
C: 
C> <EMailAddress>a@evil.example</EMailAddress>
S: HTTP/1.1 404 Not Found
with plain
S: 
S: The domain of that address is not served here.
C: POST /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autodiscover.example.org
C: Content-Type: text/xml
C: Content-Length: 105
C: 
C> <EMailAddress>a@example.org</EMailAddress><AcceptableResponseSchema>mobilesync</AcceptableResponseSchema>
S: HTTP/1.1 404 Not Found
with plain
S: 
S: Only the response schema of Outlook is served here.
open
