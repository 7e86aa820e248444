#include "src/base/must.h"
#include "src/pop3/say_priv.h"

#define POP3_SAY_ENGLISH(name, en, ja) [POP3_SAY_##name] = (en),
#define POP3_SAY_JAPANESE(name, en, ja) [POP3_SAY_##name] = (ja),

static const char *const texts[POP3_LANGUAGE_COUNT][POP3_SAY_COUNT] = {
	[POP3_ENGLISH] = { POP3_SAYINGS(POP3_SAY_ENGLISH) },
	[POP3_JAPANESE] = { POP3_SAYINGS(POP3_SAY_JAPANESE) },
};

static const struct {
	const char *tag, *name;
} languages[POP3_LANGUAGE_COUNT] = {
	[POP3_ENGLISH] = { "en", "English" },
	[POP3_JAPANESE] = { "ja", "日本語" },
};

const char *pop3_say_text(enum pop3_say say, enum pop3_language language)
{
	must(say < POP3_SAY_COUNT && language < POP3_LANGUAGE_COUNT);
	return texts[language][say];
}

const char *pop3_say_tag(enum pop3_language language)
{
	must(language < POP3_LANGUAGE_COUNT);
	return languages[language].tag;
}

const char *pop3_say_name(enum pop3_language language)
{
	must(language < POP3_LANGUAGE_COUNT);
	return languages[language].name;
}

bool pop3_say_find(struct str range, enum pop3_language *language_r)
{
	struct str rest = range, primary;

	if (str_eq(range, STR("*"))) {
		*language_r = POP3_ENGLISH;
		return true;
	}
	/* What stands behind "-" narrows it to a country or a script, which we do not tell apart.
	 */
	str_cut(&rest, '-', &primary);
	for (enum pop3_language l = 0; l < POP3_LANGUAGE_COUNT; l++) {
		if (str_ieq(primary, str_c(languages[l].tag))) {
			*language_r = l;
			return true;
		}
	}
	return false;
}
