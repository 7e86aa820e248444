# Requests one after the other and all at once; Connection: close and HTTP/1.0 end it
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
domain example.org
C> GET /a HTTP/1.1\r\nHost: example.org\r\n\r\nGET /b HTTP/1.1\r\nHost: example.org\r\n\r\n\r\nGET /c HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\nGET /d HTTP/1.1\r\n
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is nothing here.
S: HTTP/1.1 404 Not Found
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: 
S: There is nothing here.
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
C: GET /a HTTP/1.0
C: Host: example.org
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
session c
C: GET /a HTTP/1.1
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
drain
closed
