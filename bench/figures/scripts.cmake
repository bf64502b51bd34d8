# SPDX-License-Identifier: MIT
# cmake -DOUT= -DFILES= -P scripts.cmake: the files as initialisers {name, bytes}, for scripts.c.
cmake_minimum_required(VERSION 3.25)
set(all "")
foreach(f IN LISTS FILES)
	cmake_path(GET f STEM name)
	file(READ ${f} hex HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
	string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n"
		bytes "${bytes}")
	string(APPEND all "{ \"${name}\", (const char[]){\n${bytes}0} },\n")
endforeach()
file(WRITE ${OUT} "${all}")
