# tests.mk - unit tests and fuzzers of the daemon's pure pieces.

args_sources        := apikeyd/args.c apikeyd/limits.c apikeyd/engine/address.c apikeyd/engine/scope.c protocol/buffer.c \
                       protocol/error.c protocol/method.c protocol/reader.c protocol/text.c protocol/writer.c
unit_args_test      := $(args_sources)
unit_libs_args_test := -lunistring
unit_histogram_test := apikeyd/histogram.c
fuzz_args           := $(args_sources)
fuzz_libs_args      := -lunistring
unit_slot_file_test := apikeyd/store/slot_file.c protocol/error.c
