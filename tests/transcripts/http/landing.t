# The page for people, in the language they ask for
with services
domain example.org
C: GET / HTTP/1.1
C: Host: autoconfig.example.org
C: Accept-Language: ja,en;q=0.5
C: 
S: HTTP/1.1 200 OK
S~ Vary: Accept-Language
S~ <html lang="ja">
S~ <h1>メール: example.org</h1>
S~ <tr><td>受信 (IMAP)</td><td>mail.example.org</td><td>993</td><td>SSL/TLS</td></tr>
S~ </html>
C: GET / HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S~ <html lang="en">
S~ <tr><td>Sending mail (SMTP)</td><td>mail.example.org</td><td>587</td><td>STARTTLS</td></tr>
S~ </html>
C: GET /ja HTTP/1.1
C: Host: autoconfig.example.org
C: 
S: HTTP/1.1 200 OK
S~ <html lang="ja">
S~ </html>
C: GET /en HTTP/1.1
C: Host: autoconfig.example.org
C: Accept-Language: ja
C: 
S: HTTP/1.1 200 OK
S~ <html lang="en">
S~ </html>
open
