# An idle connection is closed without a word, half a request is answered 408
with services
domain example.org
C: GET /nope HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 404 Not Found
with plain
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
with plain
S: Connection: close
S: 
S: The request took too long.
closed
session c
C: 
C: 
clock +16s
closed
