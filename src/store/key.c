#include "src/base/clock.h"
#include "src/base/random.h"
#include "src/store/store.h"

void store_key_new(unsigned char key_r[STORE_KEY_BYTES])
{
	uint64_t now = (uint64_t)clock_wall_ms();

	for (int i = 0; i < 6; i++)
		key_r[i] = (unsigned char)(now >> (40 - 8 * i));
	random_fill(key_r + 6, STORE_KEY_BYTES - 6);
}
