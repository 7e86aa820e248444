/*
 * Everything a client is told in words, in each language there is (LANG, RFC 6856 section 3). A "#"
 * stands for a number.
 */
#ifndef TAYORI_POP3_SAY_PRIV_H
#define TAYORI_POP3_SAY_PRIV_H

#include "src/base/str.h"

/* In the order of the table in say.c. */
enum pop3_language {
	POP3_ENGLISH,
	POP3_JAPANESE,
	POP3_LANGUAGE_COUNT
};

/* clang-format off */

#define POP3_SAYINGS(X) \
	X(READY, "POP3 ready", "POP3 の準備ができました") \
	X(GOODBYE, "goodbye", "さようなら") \
	X(DELETED_GOODBYE, "deleted, goodbye", "削除しました。さようなら") \
	X(SHUTTING_DOWN, "the server is shutting down, come back in a moment", \
	  "サーバーが停止します。しばらくしてからもう一度接続してください") \
	X(NOTHING_DONE, "nothing done", "何もしませんでした") \
	/* commands as such */ \
	X(UNKNOWN_COMMAND, "unknown command", "知らないコマンドです") \
	X(LOGGED_IN_ALREADY, "already logged in", "すでにログインしています") \
	X(LOG_IN_FIRST, "log in first", "先にログインしてください") \
	X(ARGUMENT_MISSING, "an argument is missing", "引数がありません") \
	X(NO_ARGUMENT_WANTED, "this command takes no argument", "このコマンドに引数はありません") \
	X(LINE_TOO_LONG, "line too long", "行が長すぎます") \
	X(LINE_MALFORMED, "malformed line", "行の形式が正しくありません") \
	/* log-in */ \
	X(SEND_PASS, "send PASS", "PASS を送ってください") \
	X(SEND_USER, "send USER first", "先に USER を送ってください") \
	X(MECHANISMS, "mechanisms follow", "認証方式は次のとおりです") \
	X(CAPABILITIES, "capabilities follow", "機能は次のとおりです") \
	X(WRONG_PASSWORD, "wrong user name or password", "ユーザー名またはパスワードが違います") \
	X(ACCOUNT_LOCKED, "this account is locked", "このアカウントはロックされています") \
	X(ACCOUNT_MOVING, "this account is being moved, try again in a minute", \
	  "このアカウントは移動中です。1 分ほどしてからもう一度お試しください") \
	X(TOO_MANY_SESSIONS, "too many sessions of this user", "このユーザーの接続が多すぎます") \
	X(LOGIN_TOO_SOON, "you have logged in a moment ago, try again later", \
	  "前回のログインから間もないため、しばらくしてからもう一度お試しください") \
	X(TLS_WANTED, "log-in needs TLS here, use STLS first", \
	  "ログインには TLS が必要です。先に STLS を使ってください") \
	X(NO_MECHANISM, "this mechanism is not available", "この認証方式は使えません") \
	X(NO_APOP, "APOP is not available", "APOP は使えません") \
	X(APOP_MALFORMED, "a name and a digest of 32 hexadecimal digits are wanted", \
	  "名前と 16 進数 32 桁のダイジェストが必要です") \
	X(AUTH_MALFORMED, "malformed authentication data", "認証データの形式が正しくありません") \
	X(AUTH_CANCELLED, "authentication cancelled", "認証は取り消されました") \
	X(LOGIN_TROUBLE, "log-in is not possible now, try again later", \
	  "今はログインできません。しばらくしてからもう一度お試しください") \
	X(TLS_ACTIVE, "TLS is active already", "すでに TLS を使っています") \
	X(NO_TLS, "TLS is not available here", "ここでは TLS を使えません") \
	X(STLS_TOO_LATE, "STLS must come before UTF8", "STLS は UTF8 より前に送ってください") \
	X(BEGIN_TLS, "begin TLS now", "TLS を始めてください") \
	X(UTF8_ON, "UTF8 enabled", "UTF8 を有効にしました") \
	X(LANGUAGES, "languages follow", "言語は次のとおりです") \
	X(LANGUAGE_CHOSEN, "English it is", "日本語にしました") \
	X(NO_LANGUAGE, "this language is not spoken here", "この言語は使えません") \
	/* the maildrop */ \
	X(MAILDROP_HAS, "maildrop has # messages (# octets)", "# 通のメールがあります (# オクテット)") \
	X(MESSAGES, "# messages (# octets)", "# 通 (# オクテット)") \
	X(OCTETS, "# octets", "# オクテット") \
	X(TOP_FOLLOWS, "top of message follows", "メールの先頭部分です") \
	X(UIDLS, "unique ids follow", "一意な ID は次のとおりです") \
	X(MESSAGE_DELETED, "message # deleted", "# 番のメールに削除の印を付けました") \
	X(NUMBER_WANTED, "a message number is wanted", "メールの番号が必要です") \
	X(TOP_NUMBERS_WANTED, "a message number and a number of lines are wanted", \
	  "メールの番号と行数が必要です") \
	X(NO_MESSAGE, "no such message", "その番号のメールはありません") \
	X(MESSAGE_IS_DELETED, "this message is deleted", "このメールには削除の印が付いています") \
	X(IN_USE, "the maildrop is in use by another session", "ほかの接続がメールボックスを使用中です") \
	X(NO_MAILDROP, "there is no maildrop", "メールボックスがありません") \
	X(MAILDROP_DAMAGED, "the maildrop cannot be read, ask the administrator", \
	  "メールボックスを読めません。管理者に連絡してください") \
	X(MAILDROP_TROUBLE, "the maildrop cannot be opened now, try again later", \
	  "今はメールボックスを開けません。しばらくしてからもう一度お試しください") \
	X(MESSAGE_GONE, "this message has been removed by another session", \
	  "このメールはほかの接続で削除されました") \
	X(MESSAGE_DAMAGED, "this message cannot be read, ask the administrator", \
	  "このメールを読めません。管理者に連絡してください") \
	X(MESSAGE_TROUBLE, "the message cannot be read now, try again later", \
	  "今はこのメールを読めません。しばらくしてからもう一度お試しください") \
	X(LOCK_LOST, "the lock of the maildrop was lost, nothing is deleted", \
	  "メールボックスのロックを失いました。何も削除していません") \
	X(NOT_REMOVED, "some deleted messages were not removed", \
	  "削除できなかったメールがあります")

/* clang-format on */

enum pop3_say {
#define POP3_SAY_ENUM(name, en, ja) POP3_SAY_##name,
	POP3_SAYINGS(POP3_SAY_ENUM)
#undef POP3_SAY_ENUM
	POP3_SAY_COUNT
};

/* The words, in UTF-8. */
const char *pop3_say_text(enum pop3_say say, enum pop3_language language);

/* Tag of a language ("ja"), and its name in itself. */
const char *pop3_say_tag(enum pop3_language language);
const char *pop3_say_name(enum pop3_language language);

/*
 * The language that fits a range (RFC 4647): its tag, a longer form of it ("ja-JP"), or "*" for the
 * server's own choice. False: none.
 */
bool pop3_say_find(struct str range, enum pop3_language *language_r);

#endif
