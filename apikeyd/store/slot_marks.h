/* slot_marks.h - a byte for each slot of counters: who counts sets its bits (engine/usage.h), who looks takes one off. */
#ifndef STORE_SLOT_MARKS_H
#define STORE_SLOT_MARKS_H

#include <stdbool.h>
#include <stdint.h>

/* The next slot from *slot on that has the bit; false when there is none before end. marks + *slot need not be aligned;
 * where it is, eight are looked at together. */
bool slot_marks_next(const uint8_t *marks, uint8_t bit, uint32_t *slot, uint32_t end);
/* Takes a bit off so many, before what they stand for is read: what is counted from then on sets it again. False where
 * none had it. */
bool slot_marks_take(uint8_t *marks, uint32_t count, uint8_t bit);
/* Sets it, also where it was not set before. */
void slot_marks_put(uint8_t *marks, uint32_t count, uint8_t bit);

#endif
