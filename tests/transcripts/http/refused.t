# What is not exactly HTTP ends the connection
with services
domain example.org
C: GET / HTTP/1.1
C: Host : example.org
C: 
S: HTTP/1.1 400 Bad Request
with plain
S: Connection: close
S: 
S: The request was not understood.
closed
session b
C> GET / HTTP/1.1\nHost: example.org\r\n\r\n
S: HTTP/1.1 400 Bad Request
with plain
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
with plain
S: Connection: close
S: 
S: A length is needed.
closed
session d
C> \x16\x03\x01\x02\x00
S: HTTP/1.1 400 Bad Request
with plain
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
with plain
S: Connection: close
S: 
S: The request is too large.
closed
