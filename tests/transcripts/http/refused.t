# What is not exactly HTTP ends the connection
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
domain example.org
C: GET / HTTP/1.1
C: Host : example.org
C: 
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request was not understood.
closed
session b
C> GET / HTTP/1.1\nHost: example.org\r\n\r\n
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request was not understood.
closed
session c
C: POST / HTTP/1.1
C: Host: example.org
C: Transfer-Encoding: chunked
C: Content-Length: 3
C: 
S: HTTP/1.1 411 Length Required
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: A length is needed.
closed
session d
C> \x16\x03\x01\x02\x00
S: HTTP/1.1 400 Bad Request
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request was not understood.
closed
session e
C: GET / HTTP/1.1
C: Host: example.org
C: Content-Length: 99999999
C: 
S: HTTP/1.1 413 Content Too Large
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request is too large.
closed
