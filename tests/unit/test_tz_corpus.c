/*
 * fuzz_tz over its corpus: zone files and rules, whole and damaged.
 */
#include "../fuzz/fuzz_tz.c"

#include "corpus.h"

int
main(void)
{
	log_init("tz_corpus", NULL);
	replay(LLVMFuzzerTestOneInput, "tests/fuzz/corpus/tz");
	return done();
}
