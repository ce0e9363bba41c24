# cmake -DFILES=<file.json;...> -DOUT=<file.cc> -DNAME=<symbol> -P embed.cmake: the files as C++.
set(arrays "")
set(table "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WLE)
  string(MAKE_C_IDENTIFIER "k_${name}" symbol)
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "const unsigned char ${symbol}[] = {\n${bytes}};\n")
  string(APPEND table "    {\"${name}\", ${symbol}, sizeof ${symbol}},\n")
endforeach()
file(WRITE "${OUT}" "#include \"schema/embedded.h\"\n\nnamespace rushes::schema {\nnamespace {\n"
  "${arrays}const Embedded kAll[] = {\n${table}};\n}  // namespace\n"
  "const std::span<const Embedded> ${NAME}(kAll);\n}  // namespace rushes::schema\n")
