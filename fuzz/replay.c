/* fuzz/replay.c — a target without libFuzzer: every file of the corpus, and each with a few octets
 * changed or cut, as TAP.  `fuzz-replay-x DIRECTORY [ROUNDS]`, of all files together */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "kit/random.h"
#include "kit/tap.h"
#include "target.h"

#define INPUT_MAX (128u * 1024u)
#define FILES_MAX 16384u
#define ROUNDS 20000u

/* An exact copy on the heap: a sanitizer sees one octet too far. */
static void try(const uint8_t *at, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0 ? 1 : 0));

	/* tests/hostile/failing.py lets memory run out. */
	if (copy == NULL)
		return;
	mem_copy(copy, at, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t change(uint8_t *at, size_t len, struct random *random)
{
	if (len == 0)
		return 0;
	for (uint32_t i = 1 + random_below(random, 4); i != 0; i--) {
		uint32_t place = random_below(random, (uint32_t)len);
		switch (random_below(random, 4)) {
		case 0:
			at[place] ^= (uint8_t)(1u << random_below(random, 8));
			break;
		case 1:
			at[place] = (uint8_t)random_next(random);
			break;
		case 2:
			at[place] = (uint8_t)(0 - random_below(random, 2));
			break;
		default:
			if (random_below(random, 4) == 0)
				len = place + 1;
			break;
		}
	}
	return len;
}

static uint32_t replay(const char *path, uint32_t rounds, struct random *random)
{
	static uint8_t input[INPUT_MAX];
	static uint8_t changed[INPUT_MAX];
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		return 0;
	size_t len = fread(input, 1, sizeof input, file);
	(void)fclose(file);
	try(input, len);
	for (uint32_t i = 0; i < rounds; i++) {
		mem_copy(changed, input, len);
		try(changed, change(changed, len, random));
	}
	return 1;
}

static uint32_t files_count(DIR *directory)
{
	uint32_t count = 0;

	for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
		count += entry->d_name[0] != '.';
	rewinddir(directory);
	return count;
}

int main(int argc, char **argv)
{
	struct random random = { tap_seed() };
	uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : ROUNDS;
	uint32_t count = 0;
	DIR *directory = argc > 1 ? opendir(argv[1]) : NULL;

	printf("1..1\n");
	if (directory == NULL) {
		printf("not ok 1 - there is no corpus\n");
		return 1;
	}
	uint32_t files = files_count(directory);
	if (files != 0)
		rounds = (rounds + files - 1) / files;
	for (struct dirent *entry = readdir(directory); entry != NULL && count < FILES_MAX;
	     entry = readdir(directory)) {
		char path[4096];
		if (entry->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", argv[1],
							entry->d_name) >= (int)sizeof path)
			continue;
		count += replay(path, rounds, &random);
	}
	(void)closedir(directory);
	printf("%s 1 - %u files of the corpus, each %u times changed\n",
	       count != 0 ? "ok" : "not ok", count, rounds);
	return count != 0 ? 0 : 1;
}
