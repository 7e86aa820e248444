/*
 * Paths, addresses and address lists. The first octet chooses the flags.
 */
#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_format(struct arena *a, const struct mail_address *addr)
{
	const unsigned flags = MAIL_ADDRESS_UTF8 | MAIL_ADDRESS_POSTMASTER | MAIL_ADDRESS_LONG;
	struct str text = mail_address_format(a, addr), local, domain, normal, again;
	struct mail_address back;
	enum err e;

	if (text.n == 0)
		return;
	/* Quotes may make it longer than it was; otherwise it must come back as it went. */
	e = mail_address_parse(a, text, flags, &back);
	must(e == ERR_OK || (e == ERR_LIMIT && text.n > MAIL_ADDRESS_MAX));
	if (e)
		return;
	must(str_eq(back.local, addr->local) && str_eq(back.domain, addr->domain));
	must(mail_address_split(text, &local, &domain) == (addr->domain.n > 0));
	must(str_eq(domain, addr->domain));
	if (mail_address_normal(a, addr, &normal))
		return;
	if (mail_address_parse(a, normal, flags, &back))
		return;
	must(mail_address_normal(a, &back, &again) == ERR_OK);
	must(str_eq(normal, again));
}

static void check_list(struct arena *a, struct str value)
{
	struct mail_address_item *item;
	size_t count = mail_address_list_parse(a, value, 1000, &item), out = 0;
	bool is_in_group = false;

	must(count <= 1001);
	for (; item; item = item->next, count--) {
		out += item->local.n + item->domain.n + item->route.n;
		if (item->kind == MAIL_ADDRESS_KIND_BOX)
			continue;
		must(is_in_group == (item->kind == MAIL_ADDRESS_KIND_GROUP_END));
		is_in_group = !is_in_group;
	}
	must(count == 0 && !is_in_group && out <= value.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(NULL);
	struct mail_address addr;
	struct str text;
	size_t used;

	if (size) {
		text = str_make(data + 1, size - 1);
		if (mail_address_parse_path(a, text, data[0], &addr, &used) == ERR_OK) {
			must(used <= text.n);
			must(addr.is_utf8 ==
			     !(str_is_ascii(addr.local) && str_is_ascii(addr.domain)));
			must(!addr.is_utf8 || (data[0] & MAIL_ADDRESS_UTF8));
			check_format(a, &addr);
		}
		check_list(a, text);
	}
	arena_free(&a);
	return 0;
}
