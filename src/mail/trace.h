/*
 * Trace header fields that a server adds (RFC 5321 section 4.4, RFC 3848, RFC 6531).
 *
 * Each function returns one whole field with CRLF line ends, folded, no line above 998 octets.
 * Values from the network are made harmless: control characters and what could end a clause or a
 * comment are replaced.
 */
#ifndef TAYORI_MAIL_TRACE_H
#define TAYORI_MAIL_TRACE_H

#include "src/base/str.h"

struct arena;

struct mail_trace {
	struct str helo;        /* argument of HELO, EHLO or LHLO; empty: "unknown" */
	struct str client_name; /* verified reverse name, or empty */
	struct str client_ip;   /* "192.0.2.1", "2001:db8::1", or empty (a local socket) */
	struct str by;          /* our own name */
	struct str id;          /* message id within this server */
	struct str rcpt; /* address of the only recipient; empty for several: it would tell Bcc */
	struct str tls;  /* "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384", or empty */
	bool is_lmtp;
	bool is_esmtp; /* EHLO was used */
	bool is_auth;
	bool is_utf8; /* the transaction used SMTPUTF8 */
	int64_t when_ms;
	int zone_min;
};

/* The value of the "with" clause: SMTP, ESMTP, ESMTPSA, UTF8SMTPS, LMTPA ... (tls set adds the S).
 */
struct str mail_trace_with(const struct mail_trace *trace);

/* The Received field. */
struct str mail_trace_received(struct arena *a, const struct mail_trace *trace);

/* "Return-Path: <ann@example.org>", `path` without brackets, empty for the null path. */
struct str mail_trace_return_path(struct arena *a, struct str path);

/* "Delivered-To: ann@example.org". */
struct str mail_trace_delivered_to(struct arena *a, struct str address);

#endif
