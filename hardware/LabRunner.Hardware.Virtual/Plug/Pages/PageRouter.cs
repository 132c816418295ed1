using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>Which page answers a path (new_http.c); an unknown path is 200 with "Not found".</summary>
internal sealed class PageRouter(PlugFirmware firmware)
{
    public HttpReply Handle(HttpRequest request) => request.Path switch
    {
        "/" => new HttpReply(302, "text/html", "", "/index"),
        "/index" => IndexPage.Show(firmware, request),
        "/cm" => CommandPage.Tasmota(firmware, request),
        "/cmd_tool" => CommandPage.Tool(firmware, request),
        "/cfg" => ConfigPages.Menu(firmware),
        "/cfg_pins" => PinsPage.Show(firmware, request),
        "/cfg_generic" => ConfigPages.Generic(firmware, request),
        "/cfg_startup" => StartupPages.Values(firmware, request),
        "/startup_command" => StartupPages.Command(firmware, request),
        "/cfg_mqtt" => ConfigPages.Mqtt(firmware),
        "/cfg_mqtt_set" => ConfigPages.MqttSet(firmware, request),
        "/cfg_wifi" => NetworkPages.Wifi(firmware, request),
        "/cfg_wifi_set" => NetworkPages.WifiSet(firmware, request),
        "/cfg_ip" => NetworkPages.Ip(firmware, request),
        "/cfg_name" => NetworkPages.Names(firmware, request),
        "/cfg_mac" => ServicePages.Mac(firmware, request),
        "/cfg_ping" => ServicePages.Ping(firmware, request),
        "/cfg_webapp" => ServicePages.WebApp(firmware),
        "/cfg_webapp_set" => ServicePages.WebAppSet(firmware, request),
        "/ha_cfg" => ServicePages.HomeAssistant(firmware),
        "/ha_discovery" => ServicePages.Discovery(firmware),

        // Registered with the API, which safe mode is without.
        "/app" when !firmware.SafeMode => ServicePages.App(firmware),
        "/ota" => OtaPage.Show(firmware),
        "/ota_exec" => OtaPage.Pull(firmware, request),
        "/about" => ConfigPages.About(firmware),
        "/logs" or "/lograw" => HttpReply.Text(firmware.Log.Drain()),
        _ => Html.Page(firmware, "Not found", "Not found.<br/>", Html.ReturnToMain),
    };
}
