#include "embedded_model.h"

// In the order in which they are best given.
static const uint8_t iteration[] = {
#embed "../../Assets/tours/iteration.log"
};
static const uint8_t harder[] = {
#embed "../../Assets/tours/harder.log"
};
static const uint8_t starts[] = {
#embed "../../Assets/tours/starts.log"
};
static const uint8_t stop[] = {
#embed "../../Assets/tours/stop.log"
};
static const uint8_t words[] = {
#embed "../../Assets/tours/words.log"
};
static const uint8_t carries[] = {
#embed "../../Assets/tours/carries.log"
};
static const uint8_t vote[] = {
#embed "../../Assets/tours/vote.log"
};

static const struct {
  const char *name;
  const uint8_t *bytes;
  size_t size;
} tours[] = {
    {"iteration", iteration, sizeof iteration},
    {"harder", harder, sizeof harder},
    {"starts", starts, sizeof starts},
    {"stop", stop, sizeof stop},
    {"words", words, sizeof words},
    {"carries", carries, sizeof carries},
    {"vote", vote, sizeof vote},
};

size_t embedded_tour_count(void) { return sizeof tours / sizeof tours[0]; }

const char *embedded_tour_name(size_t index) {
  return index < embedded_tour_count() ? tours[index].name : NULL;
}

const uint8_t *embedded_tour_bytes(size_t index) {
  return index < embedded_tour_count() ? tours[index].bytes : NULL;
}

size_t embedded_tour_size(size_t index) {
  return index < embedded_tour_count() ? tours[index].size : 0;
}
