/* Words that servers' own replies are made of, and octets that tokens have in common: whoever masks
 * them where they happen to be in a secret hides nothing, and tells that they are in it. */
#ifndef SMTP_STOCK_H
#define SMTP_STOCK_H

#include "heloscope/types.h"

/* True if the word, letters and digits, is one that servers say by themselves. */
bool stock_is_word(struct helo_slice word);

/* True if the octets of a token, or characters of its Base64, are in all tokens of their kind. */
bool stock_is_common(struct helo_slice octets);

#endif
