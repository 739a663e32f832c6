# tests.mk - tests of the client library, against scripted daemons of their own.
values                  := $(addprefix protocol/,buffer.c error.c params.c reader.c value.c writer.c)
unit_value_test         := $(values)
unit_params_test        := $(values)
unit_client_test        := $(LIBRARY) tests/client/script.c
unit_client_events_test := $(LIBRARY) tests/client/script.c
$(foreach t,value params client client_events,$(eval unit_libs_$(t)_test := $(LIBS_library)))
