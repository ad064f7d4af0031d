// A timesheet backend over node-soap: node soap_server.js WSDL PORT
"use strict";

const fs = require("fs");
const http = require("http");
const soap = require("soap");

const NIL = { "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:nil": "true" };

const [wsdl, port] = process.argv.slice(2);

const operations = {
  GetTitlesById({ TitleIds }) {
    const ids = [].concat((TitleIds && TitleIds.string) || []);
    const titles = ids.map((id) =>
      id === "unknown" ? { attributes: NIL } : { Id: id, Value: `Title <${id}>` },
    );
    return { GetTitlesByIdResult: { Title: titles } };
  },
  GetResourceIdFromLoggedInUser({ credentials }) {
    return { GetResourceIdFromLoggedInUserResult: { ResourceId: credentials.Username } };
  },
  AddTimesheetEntryByChargeCode({ input }) {
    const response = { Status: `${input.TimesheetItem.Description}`, ReturnCode: input.TimesheetItem.ChargeCode };
    return { AddTimesheetEntryByChargeCodeResult: { Response: [response, response] } };
  },
  GetIDsParameters() {
    return { GetIDsParametersResult: "é & <ö>" };
  },
  DeleteTimesheetEntry() {
    throw {
      Fault: { faultcode: "soap:Server", faultstring: "The period is closed", statusCode: 500 },
    };
  },
};

const server = http.createServer((_request, response) => response.writeHead(404).end());
server.listen(Number(port), "127.0.0.1");
soap.listen(server, {
  path: "/timesheets",
  services: { TimesheetV201511Mobile: { TimesheetV201511MobileSoap: operations } },
  xml: fs.readFileSync(wsdl, "utf8"),
});
