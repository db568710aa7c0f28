/* What must be loaded before a program gives up the right to open files. */
#include "heloscope/heloscope.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* libcrypto would read its configuration file and load its algorithms at the first digest. Nothing
 * here wants that file; an algorithm is asked for so that they are there. */
bool helo_prepare(void)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
           EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL) == 1;
}
