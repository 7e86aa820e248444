# The page for people, in the language they ask for
config server { hostname = "mail.example.org" }
config tls { certificate = c.pem key = k.pem }
config listener imaps { protocol = imap port = 993 tls = implicit }
config listener submissions { protocol = submission port = 465 tls = implicit }
config listener submission { protocol = submission port = 1587 public_port = 587 }
config listener pop3 { protocol = pop3 port = 110 }
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
