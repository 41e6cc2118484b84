/*
 * The fuzzers over their corpora: each finding of a fuzzer stays a test.
 * Needs no clang; the paths are those of the top directory.
 */
#include "corpus.h"
#include "log.h"

#define LLVMFuzzerTestOneInput fuzz_json
#include "../fuzz/fuzz_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_stream
#include "../fuzz/fuzz_stream.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_instant
#include "../fuzz/fuzz_instant.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_policy
#include "../fuzz/fuzz_policy.c"

int
main(void)
{
	log_init("corpora", NULL);
	replay(fuzz_json, "tests/fuzz/corpus/json");
	replay(fuzz_stream, "tests/fuzz/corpus/stream");
	replay(fuzz_instant, "tests/fuzz/corpus/instant");
	replay(fuzz_policy, "tests/fuzz/corpus/policy");
	return done();
}
