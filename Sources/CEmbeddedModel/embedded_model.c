#include "embedded_model.h"

// 64-byte alignment lets the weights be read in place like a mapped file.
_Alignas(64) static const uint8_t weights[] = {
#embed "../../Assets/demo/model.safetensors"
};
static const uint8_t config[] = {
#embed "../../Assets/demo/config.json"
};
static const uint8_t tokenizer[] = {
#embed "../../Assets/demo/tokenizer.json"
};
static const uint8_t gallery[] = {
#embed "../../Assets/prompts/gallery.json"
};
static const uint8_t page[] = {
#embed "../../Assets/page/page.html"
};

const uint8_t *embedded_model_bytes(embedded_file file) {
  switch (file) {
    case embedded_config: return config;
    case embedded_tokenizer: return tokenizer;
    case embedded_weights: return weights;
    case embedded_gallery: return gallery;
    case embedded_page: return page;
  }
  return NULL;
}

size_t embedded_model_size(embedded_file file) {
  switch (file) {
    case embedded_config: return sizeof config;
    case embedded_tokenizer: return sizeof tokenizer;
    case embedded_weights: return sizeof weights;
    case embedded_gallery: return sizeof gallery;
    case embedded_page: return sizeof page;
  }
  return 0;
}
