/*
 * The tables behind option_first, one for each options_*.c; each ends with a NULL name.
 */
#ifndef TAYORI_CONFIG_TABLES_PRIV_H
#define TAYORI_CONFIG_TABLES_PRIV_H

#include "src/config/option.h"

extern const struct option config_options_server[];
extern const struct option config_options_limits[];
extern const struct option config_options_protocols[];
extern const struct option config_options_store[];
extern const struct option config_options_listener[];

/* Lengths of texts. */
enum {
	CONFIG_TEXT_MAX = 4096,
	CONFIG_NAME_MAX = 255
};

/* Durations in milliseconds, for limits. */
#define CONFIG_SECOND UINT64_C(1000)
#define CONFIG_MINUTE (60 * CONFIG_SECOND)
#define CONFIG_HOUR (60 * CONFIG_MINUTE)
#define CONFIG_DAY (24 * CONFIG_HOUR)

/* Octets, for limits. */
#define CONFIG_KIB UINT64_C(1024)
#define CONFIG_MIB (1024 * CONFIG_KIB)
#define CONFIG_GIB (1024 * CONFIG_MIB)

#endif
