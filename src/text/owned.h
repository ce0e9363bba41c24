#pragma once

// Owners for what C libraries hand out. For this layer's own files.

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <hb.h>
#include <pango/pangocairo.h>

#include <memory>

namespace rushes::text {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

template <class T>
using GObjectOwned = Owned<T, g_object_unref>;

using FcPatternOwned = Owned<FcPattern, FcPatternDestroy>;
using FcFontSetOwned = Owned<FcFontSet, FcFontSetDestroy>;
using FcCharSetOwned = Owned<FcCharSet, FcCharSetDestroy>;
using FcConfigOwned = Owned<FcConfig, FcConfigDestroy>;

using FontDescription = Owned<PangoFontDescription, pango_font_description_free>;
using LayoutOwned = GObjectOwned<PangoLayout>;
using AttrListOwned = Owned<PangoAttrList, pango_attr_list_unref>;
using MetricsOwned = Owned<PangoFontMetrics, pango_font_metrics_unref>;

using CairoOwned = Owned<cairo_t, cairo_destroy>;
using SurfaceOwned = Owned<cairo_surface_t, cairo_surface_destroy>;
using CairoPatternOwned = Owned<cairo_pattern_t, cairo_pattern_destroy>;
using CairoPathOwned = Owned<cairo_path_t, cairo_path_destroy>;

using HbBlob = Owned<hb_blob_t, hb_blob_destroy>;
using HbFont = Owned<hb_font_t, hb_font_destroy>;

}  // namespace rushes::text
