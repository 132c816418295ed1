using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>Which page answers a path (new_http.c); an unknown path is 200 with "Not found".</summary>
internal sealed class PageRouter(PlugFirmware firmware)
{
    public HttpReply Handle(HttpRequest request) => request.Path switch
    {
        "/" => new HttpReply(302, "text/html", "", "/index"),
        "/cm" => CommandPage.Tasmota(firmware, request),
        "/logs" or "/lograw" => HttpReply.Text(firmware.Log.Drain()),
        _ => HttpReply.Html("<!DOCTYPE html><html><body>Not found</body></html>"),
    };
}
