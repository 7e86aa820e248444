# An idle connection is closed without a word, half a request is answered 408
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
clock +14s
open
clock +2s
closed
session b
C: GET / HTTP/1.1
clock +9s
open
clock +2s
S: HTTP/1.1 408 Request Timeout
S: Date: * GMT
S: Content-Type: text/plain; charset=utf-8
S: Content-Length: *
S: Cache-Control: no-store
S: X-Content-Type-Options: nosniff
S: Connection: close
S: 
S: The request took too long.
closed
session c
C: 
C: 
clock +16s
closed
