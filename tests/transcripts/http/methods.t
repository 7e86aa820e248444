# Methods: HEAD has no content; others are told which there are; paths that are not there
with services
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
with plain
S: Allow: GET, HEAD
S: 
S: This page is not asked for in that way.
C: GET /autodiscover/autodiscover.xml HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 405 Method Not Allowed
with plain
S: Allow: POST
S: 
S: This page is not asked for in that way.
C: DELETE / HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 501 Not Implemented
with plain
S: 
S: There is no such method here.
C: GET /../etc/passwd HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: 
S: There is nothing here.
C: GET http://example.org/en HTTP/1.1
C: Host: other.example
C: 
S: HTTP/1.1 200 OK
S~ </html>
open
