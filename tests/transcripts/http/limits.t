# Limits: the head, the request line, the number of requests
config web { head_max = 1K requests_max = 2 }
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
domain example.org
C: GET /nope HTTP/1.1
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
C: GET /nope HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: There is nothing here.
closed
session b
C> GET /
C* 1100 a
S: HTTP/1.1 414 URI Too Long
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request is too large.
closed
session c
C: GET / HTTP/1.1
C> Host: a\r\nX: 
C* 1100 a
S: HTTP/1.1 431 Request Header Fields Too Large
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request is too large.
closed
