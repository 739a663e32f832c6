# tests.mk - tests of the client library, against scripted daemons of their own.
values                  := $(addprefix protocol/,buffer.c error.c params.c reader.c value.c writer.c)
unit_value_test         := $(values)
unit_params_test        := $(values)
unit_client_test        := $(LIBRARY) tests/client/script.c
unit_client_connect_test := $(unit_client_test)
unit_client_events_test := $(unit_client_test)
unit_client_verdict_test := $(unit_client_test)
$(foreach t,value params client client_connect client_events client_verdict,$(eval unit_libs_$(t)_test := $(LIBS_library)))
