/* SPDX-License-Identifier: MIT
 *
 * Style and script of the pictures, as text: embedded when building, see cmake/embed.cmake.
 */
#ifndef HB_PICTURE_TEXTS_H
#define HB_PICTURE_TEXTS_H

extern const char hb_text_picture_css[]; /* of a heap, in a drawing and in a page */
extern const char hb_text_page_css[];
extern const char hb_text_page_js[];

#endif
