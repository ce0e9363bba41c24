# cmake -DIN=<file> -DOUT=<file.cc> -DNAME=<symbol> -P embed.cmake: a file's bytes as a C++ array.
file(READ "${IN}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUT}" "#include \"schema/embedded.h\"\n\nnamespace rushes::schema {\n"
  "extern const unsigned char k${NAME}Bytes[] = {\n${bytes}};\n"
  "extern const size_t k${NAME}Size = sizeof k${NAME}Bytes;\n}\n")
