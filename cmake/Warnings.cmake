add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-unknown-pragmas)
if(NEWBIE_WERROR)
  add_compile_options(-Werror)
endif()
