# Methods: HEAD has no content; others are told which there are; paths that are not there
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
domain example.org
C: HEAD /style.css HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S: Date: * GMT
S: Content-Type: text/css; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
none
C: POST /style.css HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 405 Method Not Allowed
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Allow: GET, HEAD
S: 
S: This page is not asked for in that way.
C: GET /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 405 Method Not Allowed
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Allow: POST
S: 
S: This page is not asked for in that way.
C: DELETE / HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 501 Not Implemented
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is no such method here.
C: GET /../etc/passwd HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is nothing here.
C: GET http://example.org/en HTTP/1.1
C: Host: other.example
C: 
S: HTTP/1.1 200 OK
S~ </html>
open
