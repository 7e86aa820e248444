/* One address and port: sections listener. */
#include <stdint.h>

#include "src/config/config.h"
#include "src/config/tables_priv.h"

/* What OPTION_NETS promises. */
_Static_assert(offsetof(struct config_listener, n_proxy_from) ==
                       offsetof(struct config_listener, proxy_from) + sizeof(void *),
               "a pointer, then a count");
_Static_assert(offsetof(struct config_listener, n_xclient_from) ==
                       offsetof(struct config_listener, xclient_from) + sizeof(void *),
               "a pointer, then a count");

#define AT(field) offsetof(struct config_listener, field)

/* In the order of enum config_protocol and enum config_tls. */
static const char *const protocols[] = {
	"smtp", "submission", "lmtp", "imap", "pop3", "http", NULL
};
static const char *const tls_modes[] = { "none", "starttls", "implicit", NULL };

const struct option config_options_listener[] = {
	{ "listener", "protocol", OPTION_CHOICE, AT(protocol), NULL, .choices = protocols,
	  .needs_restart = true,
	  .prose = "smtp takes mail from anywhere for our addresses; submission takes mail from "
	           "logged-in users for anywhere; lmtp takes mail from a mail server in front; "
	           "http tells mail clients how to set themselves up." },
	{ "listener", "address", OPTION_TEXT, AT(address), "*", 1, 45, .needs_restart = true,
	  .prose = "IPv4 or IPv6 address, or * for all of both." },
	{ "listener", "port", OPTION_PORT, AT(port), NULL, 0, 65535, .needs_restart = true,
	  .prose = "Port. 0: any free one, which is logged." },
	{ "listener", "tls", OPTION_CHOICE, AT(tls), "starttls", .choices = tls_modes,
	  .prose =
	          "none; starttls, where the client asks for it; implicit, from the first octet." },
	{ "listener", "tls_certificate", OPTION_PATH, AT(tls_certificate), "", 0, CONFIG_TEXT_MAX,
	  .prose = "Its own certificate, as in section tls." },
	{ "listener", "tls_key", OPTION_PATH, AT(tls_key), "", 0, CONFIG_TEXT_MAX,
	  .prose = "The key of that certificate." },
	{ "listener", "proxy_from", OPTION_NETS, AT(proxy_from), "{}",
	  .prose = "Peers that must begin with a PROXY protocol header, version 1 or 2. From other "
	           "peers such a header is refused." },
	{ "listener", "xclient_from", OPTION_NETS, AT(xclient_from), "{}",
	  .prose = "Peers that may use XCLIENT, on listeners of SMTP and LMTP." },
	{ "listener", "allow_plaintext_login", OPTION_BOOL, AT(allow_plaintext_login), "false",
	  .prose = "Let clients log in without TLS. Meant for the loopback interface." },
	{ "listener", "public_port", OPTION_PORT, AT(public_port), "0", 0, 65535,
	  .prose = "Port that clients connect to, where something in front forwards another one to "
	           "this listener. 0: that of port." },
	{ "listener", "advertised", OPTION_BOOL, AT(is_advertised), "true",
	  .prose = "Name this listener in autoconfiguration and DNS records, if it is the first of "
	           "its kind and speaks TLS." },
	{ 0 },
};
