/*
 * From the configuration to what an engine wants to know.
 */
#ifndef TAYORI_STORE_OPTIONS_H
#define TAYORI_STORE_OPTIONS_H

struct config;
struct store_options;

/* Fill `o` from `c`; its texts are borrowed from the snapshot, which must outlive the engine. */
void store_options_from_config(struct store_options *o, const struct config *c);

#endif
