/* Fingerprints of hellos: JA3 and JA3S (github.com/salesforce/ja3), JA4 (github.com/FoxIO-LLC/ja4,
 * technical_details/JA4.md). */
#ifndef TLS_FINGERPRINT_H
#define TLS_FINGERPRINT_H

#include "tls/hello.h"

#define TLS_JA3_SIZE 33 /* characters, and a NUL */
#define TLS_JA4_SIZE 37

/* Fill to, an empty string where libcrypto fails. */
void tls_ja3(const struct tls_hello *hello, char to[TLS_JA3_SIZE]);
void tls_ja3s(const struct tls_hello *hello, char to[TLS_JA3_SIZE]);
void tls_ja4(const struct tls_hello *hello, char to[TLS_JA4_SIZE]);

#endif
