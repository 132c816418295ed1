using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>/ota: the upload posts the file to /api/ota, asks for a restart when that was ok, and returns to / after 30 s whatever happened.</summary>
internal static class OtaPage
{
    private const string Script =
        "<script>var file=document.getElementById('otafile'),box=document.querySelector('dialog'),hint=document.getElementById('hint'),form=/OpenBL602_.*.bin.xz.ota/;"
        + "box.innerHTML='OTA started! Please wait ';"
        + "function doota(){var f=file.files[0];if(!f){alert('no file selected');return;}box.showModal();var left=30;"
        + "setTimeout(()=>{box.close();location.href='/';},30000);setInterval(()=>{box.innerHTML='OTA started! Please wait '+(left--)+' secs';},1000);"
        + "fetch('/api/ota',{method:'POST',body:f}).then(r=>{if(r.ok)fetch('/index?restart=1');});}"
        + "file.addEventListener('change',e=>{var f=e.target.files[0];if(f)hint.innerHTML=f.name.match(form)?'':'Selected file does <b>not</b> match required format '+form.source+'!';});</script>";

    public static HttpReply Show(PlugFirmware firmware) => Html.Page(
        firmware, "OTA system", firmware.Plug.Config.UpdatePage ? Form() : "<h3>Sorry, OTA update not implemented for OpenBL602 </h3>");

    /// <summary>/ota_exec: pulling an image does nothing on a BL602.</summary>
    public static HttpReply Pull(PlugFirmware firmware, HttpRequest request) => Html.Page(
        firmware, "OTA request", "<h3>OTA requested for " + Html.Escape(request.Query("host") ?? "") + "!</h3>");

    private static string Form() =>
        "<p>It's recommended to use the OTA option in the Web Application.<br><br>If you have an HTTP server providing the OTA file, you may enter the URL below.</p>"
        + Html.TextField("URL for ota firmware file", "host", "", "<form action=\"/ota_exec\">")
        + "<br><input type=\"submit\" value=\"Submit\" onclick=\"return confirm('Are you sure?')\"></form>"
        + "<br><br><br>Expert feature: Upload firmware OTA file.<br>If unsure, please use Web App!<br><span id='hint' style='color: yellow;'></span><br><br>"
        + "<input id='otafile' type='file' accept='.bin.xz.ota'>"
        + "<input type='button' class='bred' onclick='doota();' value='START OTA - No file check - will reboot after OTA'><dialog></dialog>" + Script;
}
