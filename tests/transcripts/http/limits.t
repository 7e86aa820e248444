# Limits: the head, the request line, the number of requests
config web { head_max = 1K requests_max = 2 }
with services
domain example.org
C: GET /nope HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: 
S: There is nothing here.
C: GET /nope HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
S: Connection: close
S: 
S: There is nothing here.
closed
session b
C> GET /
C* 1100 a
S: HTTP/1.1 414 URI Too Long
with plain
S: Connection: close
S: 
S: The request is too large.
closed
session c
C: GET / HTTP/1.1
C> Host: a\r\nX: 
C* 1100 a
S: HTTP/1.1 431 Request Header Fields Too Large
with plain
S: Connection: close
S: 
S: The request is too large.
closed
