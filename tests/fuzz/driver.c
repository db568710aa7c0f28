/* Runs a fuzz target without libFuzzer: under AFL++ on what it hands over, else on the files named
 * on the command line, one after the other. */
#include <unistd.h>

#include "../support/grow.h"
#include "fuzz.h"

#ifdef __AFL_FUZZ_TESTCASE_LEN

#define ROUNDS 10000 /* inputs of one process: what leaks shows at its end */

__AFL_FUZZ_INIT();

int main(void)
{
    __AFL_INIT();
    const uint8_t *shared = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(ROUNDS)) {
        struct helo_slice copy =
            fuzz_exact((struct helo_slice){shared, (size_t)__AFL_FUZZ_TESTCASE_LEN});
        LLVMFuzzerTestOneInput(copy.ptr, copy.len);
        fuzz_free(copy);
    }
    return 0;
}

#else

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t length;
        char *text = grow_read_file(argv[i], &length);
        if (text == NULL) {
            perror(argv[i]);
            return 2;
        }
        struct helo_slice copy = fuzz_exact((struct helo_slice){(const uint8_t *)text, length});
        LLVMFuzzerTestOneInput(copy.ptr, copy.len);
        fuzz_free(copy);
        free(text);
    }
    return 0;
}

#endif
